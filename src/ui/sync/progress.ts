// Progress lines of a pull, a load or a build → one status and one fraction for the whole.
import { messages } from '../messages/en.ts';

interface Layer {
  readonly current: number;
  readonly total: number;
  readonly done: boolean;
}

export interface Progress {
  readonly status: string;
  readonly fraction: number | undefined;
}

// A layer's bytes are counted when they come, its unpacking as a tenth more.
const DOWNLOAD_SHARE = 0.9;

/** Remembers the layers; feed it every line. Lines of other shapes change nothing. */
export function progressReader(): (message: unknown) => Progress {
  const layers = new Map<string, Layer>();
  let text = '';
  return (message) => {
    const entry = parseProgress(message);
    if (entry?.id !== undefined && isLayer(entry.status))
      layers.set(entry.id, layerFrom(entry, layers.get(entry.id)));
    else if (entry?.text !== undefined && entry.text !== '') text = entry.text;
    return summary(layers, text);
  };
}

interface Entry {
  readonly id: string | undefined;
  readonly status: string;
  readonly text: string | undefined;
  readonly current: number | undefined;
  readonly total: number | undefined;
}

function parseProgress(message: unknown): Entry | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const status = stringMember(message, 'status');
  const detail: unknown = 'progressDetail' in message ? message.progressDetail : undefined;
  return {
    id: stringMember(message, 'id'),
    status: status ?? '',
    text: (stringMember(message, 'stream') ?? status)?.trim(),
    current: numberMember(detail, 'current'),
    total: numberMember(detail, 'total'),
  };
}

function stringMember(value: object, name: string): string | undefined {
  const member: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
  return typeof member === 'string' ? member : undefined;
}

function numberMember(value: unknown, name: string): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const member: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
  return typeof member === 'number' ? member : undefined;
}

function isLayer(status: string): boolean {
  return /^(?:Pulling fs layer|Waiting|Downloading|Verifying|Download complete|Extracting|Pull complete|Already exists|Loading layer)/i.test(
    status,
  );
}

function layerFrom(entry: Entry, before: Layer | undefined): Layer {
  const done = /^(?:Pull complete|Already exists)/i.test(entry.status);
  const total = entry.total ?? before?.total ?? 0;
  if (done) return { current: total, total, done };
  if (/^Download complete|^Extracting|^Verifying/i.test(entry.status)) {
    return { current: total * DOWNLOAD_SHARE, total, done };
  }
  return { current: (entry.current ?? 0) * DOWNLOAD_SHARE, total, done };
}

function summary(layers: ReadonlyMap<string, Layer>, text: string): Progress {
  if (layers.size === 0) return { status: text, fraction: undefined };
  const all = [...layers.values()];
  const done = all.filter((layer) => layer.done).length;
  const total = all.reduce((sum, layer) => sum + layer.total, 0);
  const current = all.reduce((sum, layer) => sum + layer.current, 0);
  return {
    status: messages.job.layers(done, all.length),
    fraction: total > 0 ? Math.min(1, current / total) : done / all.length,
  };
}
