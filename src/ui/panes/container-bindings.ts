// What can be done with a container.
import type { ContainerSummary } from '../../engine/api/container-types.ts';
import { runOnRow } from '../actions.ts';
import { line } from '../components/line.ts';
import { openInput } from '../dialogs/input.ts';
import { openLimitsForm } from '../dialogs/limits-dialog.ts';
import { openRunForm } from '../dialogs/run-dialog.ts';
import type { Binding, UiContext } from '../keys/binding.ts';
import { copyText } from '../keys/clipboard.ts';
import { messages } from '../messages/en.ts';
import { patchPane, type UiState } from '../ui-store.ts';
import { attachTo, shellIn } from './container-sessions.ts';
import { containerName } from './container-facts.ts';
import { openMounts } from './container-mounts.ts';
import { pruneContainers } from './container-prune.ts';
import { buildHosttools, loadArchive, pullImage } from './image-jobs.ts';
import { nameLines } from './name-lines.ts';

const { action, busy, confirm, why } = messages;

type Reason = (container: ContainerSummary, state: UiState) => string | undefined;

const idle: Reason = (container, state) => {
  const doing = state.busy.get(container.Id);
  return doing === undefined ? undefined : why.busy(doing);
};

const whenRunning: Reason = (container, state) =>
  idle(container, state) ?? (container.State === 'running' ? undefined : why.notRunning);

const whenAlive: Reason = (container, state) =>
  idle(container, state) ??
  (container.State === 'running' || container.State === 'paused' ? undefined : why.notRunning);

const whenStopped: Reason = (container, state) => {
  if (container.State === 'paused') return why.paused;
  return idle(container, state) ?? (container.State === 'running' ? why.running : undefined);
};

export const containerBindings: readonly Binding<ContainerSummary>[] = [
  {
    command: 'container.start',
    keys: ['S'],
    label: action.start,
    footer: true,
    disabledReason: whenStopped,
    run: (container, context) =>
      runOnRow(context, {
        key: container.Id,
        doing: busy.start,
        work: (client) => client.getContainer(container.Id).start(),
      }),
  },
  {
    command: 'container.stop',
    keys: ['s'],
    label: action.stop,
    footer: true,
    disabledReason: whenAlive,
    run: (container, context) =>
      runOnRow(context, {
        key: container.Id,
        doing: busy.stop,
        work: (client) => client.getContainer(container.Id).stop(),
      }),
  },
  {
    command: 'container.restart',
    keys: ['r'],
    label: action.restart,
    footer: true,
    disabledReason: idle,
    run: (container, context) =>
      runOnRow(context, {
        key: container.Id,
        doing: busy.restart,
        work: (client) => client.getContainer(container.Id).restart(),
      }),
  },
  {
    command: 'container.shell',
    keys: ['e'],
    label: action.shell,
    footer: true,
    disabledReason: whenRunning,
    run: shellIn,
  },
  {
    command: 'container.logs',
    keys: ['m'],
    label: action.fullLogs,
    footer: true,
    run: (_container, { store }) => openTab(store, 'logs'),
  },
  {
    command: 'container.remove',
    keys: ['d'],
    label: action.remove,
    footer: true,
    disabledReason: idle,
    confirm: removeQuestion,
    run: (container, context, choice) =>
      runOnRow(context, {
        key: container.Id,
        doing: busy.remove,
        work: (client) =>
          client.getContainer(container.Id).remove({ force: isAlive(container), v: choice === 'volumes' }),
        done: messages.done.removed(containerName(container)),
      }),
  },
  {
    command: 'container.pause',
    keys: ['p'],
    label: action.pause,
    disabledReason: whenAlive,
    run: (container, context) => {
      const paused = container.State === 'paused';
      return runOnRow(context, {
        key: container.Id,
        doing: paused ? busy.unpause : busy.pause,
        work: (client) =>
          paused ? client.getContainer(container.Id).unpause() : client.getContainer(container.Id).pause(),
      });
    },
  },
  {
    command: 'container.kill',
    keys: ['ctrl-k'],
    label: action.kill,
    disabledReason: whenAlive,
    confirm: (container) => ({
      title: confirm.killTitle(containerName(container)),
      body: [],
      choices: SIGNALS.map(([key, signal]) => ({
        key,
        label: signal,
        value: signal,
        danger: signal === 'SIGKILL',
      })),
    }),
    run: (container, context, signal) =>
      runOnRow(context, {
        key: container.Id,
        doing: busy.kill,
        work: (client) => client.getContainer(container.Id).kill({ signal }),
      }),
  },
  {
    command: 'container.attach',
    keys: ['a'],
    label: action.attach,
    disabledReason: whenRunning,
    run: attachTo,
  },
  {
    command: 'container.inspect',
    keys: ['i'],
    label: action.inspect,
    run: (_container, { store }) => openTab(store, 'inspect'),
  },
  {
    command: 'container.rename',
    keys: ['N'],
    label: action.rename,
    disabledReason: idle,
    run: (container, context) =>
      openInput(context.store, {
        title: messages.prompt.renameTitle(containerName(container)),
        hint: messages.prompt.renameHint,
        value: containerName(container),
        submit: (name) =>
          void runOnRow(context, {
            key: container.Id,
            doing: busy.rename,
            work: (client) => client.getContainer(container.Id).rename({ name }),
          }),
      }),
  },
  {
    command: 'container.mounts',
    keys: ['M'],
    label: action.mounts,
    disabledReason: (container, state) => idle(container, state),
    run: openMounts,
  },
  {
    command: 'container.limits',
    keys: ['u'],
    label: action.limits,
    disabledReason: idle,
    run: openLimitsForm,
  },
  {
    command: 'container.copy-id',
    keys: ['y'],
    label: action.copyId,
    run: (container, context) => copyText(context, container.Id),
  },
];

const SIGNALS = [
  ['k', 'SIGKILL'],
  ['t', 'SIGTERM'],
  ['i', 'SIGINT'],
  ['h', 'SIGHUP'],
  ['u', 'SIGUSR1'],
] as const;

export const containersPaneBindings: readonly Binding<undefined>[] = [
  {
    command: 'containers.new',
    keys: ['n'],
    label: action.newContainer,
    footer: true,
    run: (_nothing, context) => openRunForm(context, ''),
  },
  {
    command: 'containers.show-stopped',
    keys: ['A'],
    label: action.showStopped,
    run: (_nothing, { store }) => store.setState((state) => ({ showStopped: !state.showStopped })),
  },
  {
    command: 'containers.prune',
    keys: ['D'],
    label: action.prune,
    disabledReason: (_nothing, state) => (stopped(state).length === 0 ? confirm.pruneNothing : undefined),
    confirm: (_nothing, state) => ({
      title: confirm.pruneContainers,
      body: nameLines(stopped(state).map(containerName)),
      choices: [{ key: 'y', label: confirm.prune, value: 'prune', danger: true }],
    }),
    run: (_nothing, context) => pruneContainers(context),
  },
  {
    command: 'containers.pull',
    keys: ['P'],
    label: action.pull,
    run: (_nothing, context) => pullImage(context),
  },
  {
    command: 'containers.load',
    keys: ['L'],
    label: action.load,
    run: (_nothing, context) => loadArchive(context),
  },
  {
    command: 'containers.hosttools',
    keys: ['H'],
    label: action.hosttools,
    run: (_nothing, context) => buildHosttools(context),
  },
  {
    command: 'containers.first-image',
    keys: ['h'],
    label: action.hosttools,
    footer: true,
    isOffered: (_nothing, state) => state.loaded && state.images.length === 0,
    run: (_nothing, context) => buildHosttools(context),
  },
];

function isAlive(container: ContainerSummary): boolean {
  return container.State === 'running' || container.State === 'paused' || container.State === 'restarting';
}

function stopped(state: UiState): ContainerSummary[] {
  return state.containers.filter((container) => !isAlive(container));
}

function removeQuestion(
  container: ContainerSummary,
): ReturnType<NonNullable<Binding<ContainerSummary>['confirm']>> {
  const alive = isAlive(container);
  return {
    title: confirm.removeTitle(containerName(container)),
    body: [line(alive ? confirm.removeRunning : confirm.removeStopped, alive ? 'warn' : 'muted')],
    choices: [
      { key: 'y', label: alive ? confirm.removeForce : confirm.remove, value: 'plain', danger: true },
      { key: 'v', label: confirm.removeVolumes, value: 'volumes', danger: true },
    ],
  };
}

function openTab(store: UiContext['store'], tab: string): void {
  patchPane(store, 'containers', { tab });
  store.setState({ place: 'detail', zoom: 'full' });
}
