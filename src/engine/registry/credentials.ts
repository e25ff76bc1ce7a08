// Who we are to a registry: ~/.docker/config.json (or $DOCKER_CONFIG), with its helper programs.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** An OAuth2 refresh token, which some helpers give in place of a password. */
  readonly identityToken: string | undefined;
}

/** Undefined is an anonymous user. */
export type CredentialSource = (host: string) => Promise<Credentials | undefined>;

const authEntry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});
const configSchema = z.object({
  auths: z.record(z.string(), authEntry).optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});
type DockerConfig = z.infer<typeof configSchema>;

/** Docker Hub's entry is named by its old address. */
const HUB_KEY = 'https://index.docker.io/v1/';

export function dockerConfigCredentials(env: NodeJS.ProcessEnv = process.env): CredentialSource {
  const path = join(env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json');
  return async (host) => {
    const config = await readConfig(path);
    if (config === undefined) return undefined;
    const key = host === 'docker.io' ? HUB_KEY : host;
    const helper = config.credHelpers?.[host] ?? config.credHelpers?.[key] ?? config.credsStore;
    const helped = helper === undefined || helper === '' ? undefined : await askHelper(helper, key);
    return helped ?? fromAuths(config, key);
  };
}

async function readConfig(path: string): Promise<DockerConfig | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    // No file, or not for our eyes: an anonymous pull may still do.
    return undefined;
  }
  try {
    return configSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`read ${path}: it is not what docker writes`, { cause: error });
  }
}

const helperAnswer = z.object({ Username: z.string(), Secret: z.string() });
const HELPER_TIMEOUT_MS = 20_000;

/** docker-credential-<helper> get: the server on stdin, JSON on stdout. */
async function askHelper(helper: string, key: string): Promise<Credentials | undefined> {
  const { execa } = await import('execa');
  const program = `docker-credential-${helper}`;
  const result = await execa(program, ['get'], { input: key, reject: false, timeout: HELPER_TIMEOUT_MS });
  if (result.failed) {
    if (/credentials not found/i.test(result.stdout)) return undefined;
    throw new Error(
      `${program} get ${key}: ${(result.stdout || result.stderr || result.shortMessage) ?? 'failed'}`,
    );
  }
  const { Username, Secret } = helperAnswer.parse(JSON.parse(result.stdout));
  // The name <token> marks an identity token.
  return Username === '<token>'
    ? { username: '', password: '', identityToken: Secret }
    : { username: Username, password: Secret, identityToken: undefined };
}

function fromAuths(config: DockerConfig, key: string): Credentials | undefined {
  const wanted = hostOf(key);
  const entry = Object.entries(config.auths ?? {}).find(
    ([name]) => name === key || hostOf(name) === wanted,
  )?.[1];
  if (entry === undefined) return undefined;
  const [username = '', ...password] = Buffer.from(entry.auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  const credentials = {
    username: entry.username ?? username,
    password: entry.password ?? password.join(':'),
    identityToken: entry.identitytoken,
  };
  const isEmpty = credentials.username === '' && credentials.identityToken === undefined;
  return isEmpty ? undefined : credentials;
}

/** `https://registry.example/v1/` names the same registry as `registry.example`. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/')[0] ?? key;
}
