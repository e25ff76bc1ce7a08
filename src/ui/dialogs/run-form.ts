// The run form as data: fields → the engine's request, and the command line that would do the same.
import type {
  CreateContainerRequest,
  DeviceMapping,
  HostConfig,
} from '../../engine/api/container-request.ts';
import { parseDevice } from '../../engine/api/device-spec.ts';
import { messages } from '../messages/en.ts';

const TEXTS = ['image', 'name', 'command', 'ports', 'volumes', 'env', 'network'] as const;
/** `isolation` unfolds the fields after it. */
const TOGGLES = ['tty', 'detach', 'autoRemove', 'isolation'] as const;
const ISOLATION_TEXTS = ['user', 'capabilities', 'devices'] as const;
const ISOLATION_TOGGLES = ['readOnly', 'privileged'] as const;
export type TextFieldId = (typeof TEXTS)[number] | (typeof ISOLATION_TEXTS)[number];
export type ToggleId = (typeof TOGGLES)[number] | (typeof ISOLATION_TOGGLES)[number];

export type Field =
  | { readonly kind: 'text'; readonly id: TextFieldId }
  | { readonly kind: 'toggle'; readonly id: ToggleId };

const texts = (ids: readonly TextFieldId[]): Field[] => ids.map((id) => ({ kind: 'text', id }));
const toggles = (ids: readonly ToggleId[]): Field[] => ids.map((id) => ({ kind: 'toggle', id }));
const FOLDED: readonly Field[] = [...texts(TEXTS), ...toggles(TOGGLES)];
const UNFOLDED: readonly Field[] = [...FOLDED, ...texts(ISOLATION_TEXTS), ...toggles(ISOLATION_TOGGLES)];

/** Those that are shown, in order. */
export function fieldsOf(form: RunForm): readonly Field[] {
  return form.toggles.isolation ? UNFOLDED : FOLDED;
}

export interface RunForm {
  readonly texts: Readonly<Record<TextFieldId, string>>;
  readonly toggles: Readonly<Record<ToggleId, boolean>>;
  /** Index into the fields that are shown. */
  readonly focused: number;
  readonly cursor: number;
  readonly error: string;
}

export function emptyForm(image: string): RunForm {
  return {
    texts: {
      image,
      name: '',
      command: '',
      ports: '',
      volumes: '',
      env: '',
      network: '',
      user: '',
      capabilities: '',
      devices: '',
    },
    toggles: {
      tty: false,
      detach: true,
      autoRemove: false,
      isolation: false,
      readOnly: false,
      privileged: false,
    },
    focused: image === '' ? 0 : 1,
    cursor: 0,
    error: '',
  };
}

/** What a person typed that can't be meant. */
export class FormError extends Error {
  override readonly name = 'FormError';
}

/** @throws FormError */
export function requestFrom(form: RunForm): CreateContainerRequest {
  const { texts, toggles } = form;
  if (texts.image.trim() === '') throw new FormError(messages.run.needsImage);
  const command = words(texts.command);
  const ports = words(texts.ports).map(parsePort);
  const env = words(texts.env);
  const interactive = toggles.tty;
  return {
    Image: texts.image.trim(),
    ...(texts.name.trim() === '' ? {} : { name: texts.name.trim() }),
    ...(command.length > 0 ? { Cmd: command } : {}),
    ...(env.length > 0 ? { Env: env } : {}),
    ...(texts.user.trim() === '' ? {} : { User: texts.user.trim() }),
    ...(interactive ? { Tty: true, OpenStdin: true, AttachStdin: !toggles.detach } : {}),
    ExposedPorts: Object.fromEntries(ports.map((port) => [port.container, {}])),
    HostConfig: {
      AutoRemove: toggles.autoRemove,
      Binds: words(texts.volumes).map(checkVolume),
      PortBindings: portBindings(ports),
      ...(texts.network.trim() === '' ? {} : { NetworkMode: texts.network.trim() }),
      ...isolationOf(form),
    },
  };
}

/** What was filled in counts, folded or not: the command line below shows it. */
function isolationOf({ texts, toggles }: RunForm): HostConfig {
  const capabilities = words(texts.capabilities);
  const devices = words(texts.devices).map(deviceFrom);
  return {
    ...(capabilities.length > 0 ? { CapAdd: capabilities } : {}),
    ...(devices.length > 0 ? { Devices: devices } : {}),
    ...(toggles.readOnly ? { ReadonlyRootfs: true } : {}),
    ...(toggles.privileged ? { Privileged: true } : {}),
  };
}

function deviceFrom(text: string): DeviceMapping {
  try {
    return parseDevice(text);
  } catch (error) {
    throw new FormError(messages.run.badDevice(text), { cause: error });
  }
}

/** `gantry run …`, quoted for a shell. */
export function commandLine(form: RunForm): string {
  const { texts, toggles } = form;
  const parts = ['gantry', 'run'];
  if (toggles.detach) parts.push('-d');
  if (toggles.tty) parts.push('-it');
  if (toggles.autoRemove) parts.push('--rm');
  if (toggles.readOnly) parts.push('--read-only');
  if (toggles.privileged) parts.push('--privileged');
  if (texts.name.trim() !== '') parts.push('--name', quote(texts.name.trim()));
  for (const [flag, text] of [
    ['-p', texts.ports],
    ['-v', texts.volumes],
    ['-e', texts.env],
    ['-u', texts.user],
    ['--cap-add', texts.capabilities],
    ['--device', texts.devices],
  ] as const) {
    for (const word of looseWords(text)) parts.push(flag, quote(word));
  }
  if (texts.network.trim() !== '') parts.push('--network', quote(texts.network.trim()));
  parts.push(texts.image.trim() === '' ? 'IMAGE' : quote(texts.image.trim()));
  return [...parts, ...looseWords(texts.command).map(quote)].join(' ');
}

/** Splits as a shell does: blanks, quotes, backslashes. @throws FormError on a quote without its end */
export function words(text: string): string[] {
  const found: string[] = [];
  let word = '';
  let inWord = false;
  let quoted = '';
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '\\' && quoted !== "'") {
      word += text.charAt(++index);
      inWord = true;
    } else if (quoted !== '') {
      if (character === quoted) quoted = '';
      else word += character;
    } else if (character === '"' || character === "'") {
      quoted = character;
      inWord = true;
    } else if (/\s/.test(character)) {
      if (inWord) found.push(word);
      word = '';
      inWord = false;
    } else {
      word += character;
      inWord = true;
    }
  }
  if (quoted !== '') throw new FormError(messages.run.badQuote);
  return inWord ? [...found, word] : found;
}

function looseWords(text: string): string[] {
  try {
    return words(text);
  } catch (error) {
    if (error instanceof FormError) return [text];
    throw error;
  }
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

interface PublishedPort {
  /** `80/tcp` */
  readonly container: string;
  readonly hostIp: string;
  readonly hostPort: string;
}

// [ip:][host:]container[/protocol]; an IPv6 address stands in brackets.
const PORT = /^(?:(?:(\[[0-9a-fA-F:]+\]|[0-9.]+):)?(\d*):)?(\d+)(?:\/(tcp|udp|sctp))?$/;

function parsePort(text: string): PublishedPort {
  const match = PORT.exec(text);
  const valid = (port: string | undefined): boolean => port === undefined || Number(port) <= 65_535;
  if (match === null || !valid(match[2]) || !valid(match[3])) throw new FormError(messages.run.badPort(text));
  return {
    container: `${match[3]}/${match[4] ?? 'tcp'}`,
    hostIp: (match[1] ?? '').replace(/^\[(.*)\]$/, '$1'),
    hostPort: match[2] ?? '',
  };
}

function portBindings(
  ports: readonly PublishedPort[],
): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    (bindings[port.container] ??= []).push({ HostIp: port.hostIp, HostPort: port.hostPort });
  }
  return bindings;
}

function checkVolume(text: string): string {
  if (!/^[^:]+:\/[^:]*(?::[\w,]+)?$/.test(text)) throw new FormError(messages.run.badVolume(text));
  return text;
}
