// Mounts of a container, looked at and changed while it runs.
import type { AddMountRequest } from '../../engine/api/container-request.ts';
import type { ContainerSummary, MountPoint } from '../../engine/api/container-types.ts';
import type { GantryExtensions } from '../../engine/api/engine-client.ts';
import { notify, runOnRow } from '../actions.ts';
import { line } from '../components/line.ts';
import { openChoices } from '../dialogs/choice.ts';
import type { Choice } from '../dialogs/dialog.ts';
import { openInput } from '../dialogs/input.ts';
import type { UiContext } from '../keys/binding.ts';
import { messages } from '../messages/en.ts';
import { containerName } from './container-facts.ts';

const { mounts: text, busy, prompt, why } = messages;

/** A menu of what is mounted: each can be taken away, and one can be added. */
export function openMounts(container: ContainerSummary, context: UiContext): void {
  const { gantry } = context.client;
  if (gantry === undefined) {
    notify(context.store, 'warn', why.noLiveMounts);
    return;
  }
  const change: Change = { container, context, gantry };
  const { Mounts } = container;
  openChoices(context.store, {
    title: text.title(containerName(container)),
    body: Mounts.length === 0 ? [line(text.none, 'muted')] : [],
    choices: [
      ...(container.State === 'running' || container.State === 'paused'
        ? [{ key: 'a', label: text.add, run: () => askForMount(change) }]
        : []),
      ...Mounts.slice(0, KEYS.length).map((mount, index): Choice => ({
        key: KEYS.charAt(index),
        label: text.take(mountText(mount)),
        run: () => askToRemove(change, mount),
      })),
    ],
  });
}

interface Change {
  readonly container: ContainerSummary;
  readonly context: UiContext;
  readonly gantry: GantryExtensions;
}

/** `a` adds one. */
const KEYS = '123456789bcdefghijklmnopqrstuvwxyz';

function mountText({ Type, Name, Source, Destination, RW }: MountPoint): string {
  return `${Destination}  ${RW ? 'rw' : 'ro'}  ${Type}  ${Name ?? Source}`;
}

/** @param former what was refused, and why */
function askForMount(change: Change, former: { readonly spec: string; readonly error: string } = NEW): void {
  const { container, context } = change;
  openInput(context.store, {
    title: prompt.mountTitle(containerName(container)),
    hint: prompt.mountHint,
    value: former.spec,
    error: former.error,
    submit: (spec) => addMount(change, spec),
  });
}

const NEW = { spec: '', error: '' };

function addMount(change: Change, spec: string): void {
  const { container, context, gantry } = change;
  const request = mountRequest(spec);
  if (request === undefined) {
    askForMount(change, { spec, error: text.bad(spec) });
    return;
  }
  void runOnRow(context, {
    key: container.Id,
    doing: busy.mount,
    work: () => gantry.addMount(container.Id, request),
    done: text.added(spec.replace(/^tmpfs:/, '')),
    failed: (error) => {
      if (context.store.getState().dialog === undefined) askForMount(change, { spec, error });
      else notify(context.store, 'bad', error);
    },
  });
}

/** Undefined for what is none. */
export function mountRequest(spec: string): AddMountRequest | undefined {
  const [source = '', target = '', ...more] = spec.split(':');
  if (source === 'tmpfs' && target.startsWith('/')) return { Tmpfs: { [target]: more.join(':') } };
  if (target === '')
    return source.startsWith('/') && !spec.includes(':') ? { Volumes: { [source]: {} } } : undefined;
  return target.startsWith('/') && source !== '' && more.length < 2 ? { Binds: [spec] } : undefined;
}

function askToRemove(
  { container, context, gantry }: Change,
  { Type, Destination: target }: MountPoint,
): void {
  const remove = (force: boolean) => (): void =>
    void runOnRow(context, {
      key: container.Id,
      doing: busy.unmount,
      work: () => gantry.removeMount(container.Id, { target, force }),
      done: text.removed(target),
    });
  openChoices(context.store, {
    title: text.removeTitle(target),
    body: Type === 'tmpfs' ? [] : [line(text.volumeStays, 'muted')],
    choices: [
      { key: 'y', label: text.remove(target), run: remove(false) },
      { key: 'f', label: text.removeForce, danger: true, run: remove(true) },
    ],
  });
}
