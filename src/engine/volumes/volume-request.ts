// What may be asked of a new volume, in Docker's words. Pure.
import type { CreateVolumeRequest } from '../api/volume-types.ts';
import { EngineError } from '../api/errors.ts';

/** Docker marks volumes that nobody named. */
export const ANONYMOUS_LABEL = 'com.docker.volume.anonymous';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const LONGEST_NAME = 255;
const OPTIONS = ['type', 'o', 'device', 'size'];

/** Throws what Docker's local driver would (moby: volume/local, volume/service). @param name after it was chosen */
export function checkVolumeRequest(name: string, request: CreateVolumeRequest): void {
  const driver = request.Driver || 'local';
  if (driver !== 'local') {
    throw new EngineError(
      'not-found',
      `create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`,
    );
  }
  checkName(name);
  checkOptions(name, request.DriverOpts ?? {});
}

function checkName(name: string): void {
  const refuse = (text: string) => new EngineError('invalid-parameter', `create ${name}: ${text}`);
  if (name.length === 1)
    throw refuse('volume name is too short, names should be at least two alphanumeric characters');
  if (name.length > LONGEST_NAME) throw refuse(`volume name is too long, at most ${LONGEST_NAME} characters`);
  if (NAME.test(name)) return;
  throw refuse(
    `"${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
  );
}

function checkOptions(name: string, options: Readonly<Record<string, string>>): void {
  const refuse = (text: string) => new EngineError('invalid-parameter', `create ${name}: ${text}`);
  for (const key of Object.keys(options))
    if (!OPTIONS.includes(key)) throw refuse(`invalid option: "${key}"`);
  for (const [one, other] of [
    ['device', 'type'],
    ['type', 'device'],
  ] as const) {
    if (options[one] !== undefined && options[other] === undefined)
      throw refuse(`missing required option: "${other}"`);
  }
}

/** tmpfs, nfs, bind by options: stored and shown, but not mounted yet. */
export function needsMount(options: Readonly<Record<string, string>> | null): boolean {
  return options !== null && Object.keys(options).length > 0;
}
