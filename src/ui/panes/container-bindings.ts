// What can be done with a container.
import type { ContainerSummary } from '../../engine/api/container-types.ts';
import type { ContainerHandle } from '../../engine/api/engine-client.ts';
import { notify, runOnRow } from '../actions.ts';
import { line } from '../components/line.ts';
import { openInput } from '../dialogs/input.ts';
import { openLimitsForm } from '../dialogs/limits-dialog.ts';
import { openRunForm } from '../dialogs/run-dialog.ts';
import type { Binding, UiContext } from '../keys/binding.ts';
import { messages } from '../messages/en.ts';
import { patchPane, type UiState } from '../ui-store.ts';
import { attachTo, shellIn } from './container-sessions.ts';
import { containerName, isLive } from './container-facts.ts';
import { openMounts } from './container-mounts.ts';
import { imageSources } from './image-sources.ts';
import { pruneBinding } from './prune-binding.ts';
import { copyBinding, RUN_KEY } from './row-bindings.ts';

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

/** What may come upon a stop that waits for a process which does not listen. */
const idleOrStopping: Reason = (container, state) => {
  const doing = state.busy.get(container.Id);
  return doing === busy.stop || doing === busy.restart ? undefined : idle(container, state);
};

const whenKillable: Reason = (container, state) =>
  idleOrStopping(container, state) ?? (isLive(container) ? undefined : why.notRunning);

const whenStopped: Reason = (container, state) => {
  if (container.State === 'paused') return why.paused;
  return idle(container, state) ?? (container.State === 'running' ? why.running : undefined);
};

/** Does something to a container while its row says so. */
function onRow(
  doing: string,
  work: (handle: ContainerHandle, choice: string) => Promise<unknown>,
): Binding<ContainerSummary>['run'] {
  return ({ Id }, context, choice) =>
    runOnRow(context, { key: Id, doing, work: (client) => work(client.getContainer(Id), choice) });
}

export const containerBindings: readonly Binding<ContainerSummary>[] = [
  {
    command: 'container.start',
    keys: ['S'],
    label: action.start,
    footer: true,
    disabledReason: whenStopped,
    run: onRow(busy.start, (handle) => handle.start()),
  },
  {
    command: 'container.stop',
    keys: ['s'],
    label: action.stop,
    footer: true,
    disabledReason: whenAlive,
    run: onRow(busy.stop, (handle) => handle.stop()),
  },
  {
    command: 'container.restart',
    keys: ['r'],
    label: action.restart,
    footer: true,
    disabledReason: idle,
    run: onRow(busy.restart, (handle) => handle.restart()),
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
    disabledReason: idleOrStopping,
    confirm: removeQuestion,
    run: (container, context, choice) =>
      runOnRow(context, {
        key: container.Id,
        doing: busy.remove,
        work: (client) =>
          client.getContainer(container.Id).remove({ force: isLive(container), v: choice === 'volumes' }),
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
    disabledReason: whenKillable,
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
    run: onRow(busy.kill, (handle, signal) => handle.kill({ signal })),
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
    run: (container, context) => askName(container, context, { value: containerName(container) }),
  },
  {
    command: 'container.mounts',
    keys: ['M'],
    label: action.mounts,
    disabledReason: idle,
    run: openMounts,
  },
  {
    command: 'container.limits',
    keys: ['u'],
    label: action.limits,
    disabledReason: idle,
    run: openLimitsForm,
  },
  copyBinding('container.copy-id', (container) => container.Id),
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
    keys: [RUN_KEY],
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
  pruneBinding({
    pane: 'containers',
    title: confirm.pruneContainers,
    found: (state) =>
      stopped(state).map((container) => ({ key: container.Id, text: containerName(container) })),
    remove: async (client, id) => {
      const container = client.getContainer(id);
      const { SizeRw } = await container.inspect({ size: true });
      await container.remove();
      return { freed: SizeRw };
    },
  }),
  ...imageSources('containers'),
];

/** Once more, with what was typed, where the engine refuses it and nothing else has been opened since. */
function askName(
  container: ContainerSummary,
  context: UiContext,
  start: { readonly value: string; readonly error?: string },
): void {
  const { store } = context;
  openInput(store, {
    title: messages.prompt.renameTitle(containerName(container)),
    hint: messages.prompt.renameHint,
    ...start,
    submit: (name) =>
      void runOnRow(context, {
        key: container.Id,
        doing: busy.rename,
        work: (client) => client.getContainer(container.Id).rename({ name }),
        failed: (error) => {
          if (store.getState().dialog === undefined) askName(container, context, { value: name, error });
          else notify(store, 'bad', error);
        },
      }),
  });
}

function stopped(state: UiState): ContainerSummary[] {
  return state.containers.filter((container) => !isLive(container));
}

function removeQuestion(
  container: ContainerSummary,
): ReturnType<NonNullable<Binding<ContainerSummary>['confirm']>> {
  const alive = isLive(container);
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
