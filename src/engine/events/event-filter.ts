// Docker's filters of the event stream (moby: daemon/events/filter.go). Pure.
import type { Filters } from '../api/engine-client.ts';
import { EngineError } from '../api/errors.ts';
import type { EventMessage } from '../api/system-types.ts';

type Matcher = (event: EventMessage, wanted: string) => boolean;

/** Values of one key are alternatives; all keys must hold. */
export function eventFilter(filters: Filters = {}): (event: EventMessage) => boolean {
  const conditions = Object.entries(filters).map(([key, values]) => {
    const matcher = MATCHERS[key];
    if (matcher === undefined) throw new EngineError('invalid-parameter', `invalid filter '${key}'`);
    // Several labels must all be there; of everything else one is enough.
    return key === 'label'
      ? (event: EventMessage) => values.every((value) => matcher(event, value))
      : (event: EventMessage) => values.length === 0 || values.some((value) => matcher(event, value));
  });
  return (event) => conditions.every((holds) => holds(event));
}

const byActor =
  (type: string): Matcher =>
  (event, wanted) =>
    event.Type === type &&
    (event.Actor.ID.startsWith(wanted) || event.Actor.Attributes['name'] === wanted.replace(/^\//, ''));

const MATCHERS: Readonly<Record<string, Matcher>> = {
  type: (event, wanted) => event.Type === wanted,
  // `exec_start: sh -c …` is found by exec_start.
  event: (event, wanted) => event.Action === wanted || event.Action.startsWith(`${wanted}:`),
  container: byActor('container'),
  volume: byActor('volume'),
  network: byActor('network'),
  image: matchesImage,
  label: matchesLabel,
  scope: (event, wanted) => event.scope === wanted,
  daemon: () => true,
};

/** Events of the image, and of containers made of it; with or without its tag. */
function matchesImage(event: EventMessage, wanted: string): boolean {
  const { ID, Attributes } = event.Actor;
  const names =
    event.Type === 'image'
      ? [ID, Attributes['name']]
      : event.Type === 'container'
        ? [Attributes['image']]
        : [];
  return names.some((name) => name !== undefined && (name === wanted || withoutTag(name) === wanted));
}

function withoutTag(reference: string): string {
  return reference.replace(/@.*$/, '').replace(/:[^:/]+$/, '');
}

function matchesLabel(event: EventMessage, wanted: string): boolean {
  const [key = '', ...value] = wanted.split('=');
  const found = event.Actor.Attributes[key];
  return found !== undefined && (value.length === 0 || found === value.join('='));
}
