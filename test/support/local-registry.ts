// Debian's docker-registry on a loopback port, with a storage directory of its own.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { tempDirectory } from './temp-root.ts';
import { waitFor } from './wait-for.ts';

export const REGISTRY_USER = 'gantry';
export const REGISTRY_PASSWORD = 'sesame';
/** bcrypt of the password, which is the only kind that the registry takes; a fast cost, since it guards nothing. */
const HTPASSWD = `${REGISTRY_USER}:$2b$05$ynZ0yLKgykocyC6XrPa13e5me.2Un5gYal.yZ3cl.dc4rrLhhvSWy\n`;

export interface RegistryOptions {
  /** Basic authentication with REGISTRY_USER and REGISTRY_PASSWORD. */
  readonly auth?: boolean;
  /** TLS with a certificate of its own making; `caFile` is what a client must trust. */
  readonly tls?: boolean;
  /** The address to listen on; 127.0.0.1 if not given. */
  readonly address?: string;
}

export interface LocalRegistry extends AsyncDisposable {
  /** `127.0.0.1:41234`: what stands before the slash in a reference. */
  readonly host: string;
  readonly url: string;
  /** Blobs and manifests as the registry keeps them, for tests that corrupt them. */
  readonly storage: string;
  readonly caFile: string | undefined;
  readonly pid: number;
}

/** A port that was free a moment ago. */
async function freePort(address: string): Promise<number> {
  const server = createServer();
  server.listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  if (bound === null || typeof bound === 'string') throw new Error('unreachable: a TCP server has a port');
  return bound.port;
}

function makeCertificate(directory: string, address: string): { certificate: string; key: string } {
  const certificate = join(directory, 'ca.crt');
  const key = join(directory, 'ca.key');
  const subject = [
    '-subj',
    '/CN=gantry test registry',
    '-addext',
    `subjectAltName=IP:${address},DNS:localhost`,
  ];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ];
  execFileSync('openssl', [...args, ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return { certificate, key };
}

function configuration(directory: string, listen: string, options: RegistryOptions): object {
  const htpasswd = join(directory, 'htpasswd');
  if (options.auth) writeFileSync(htpasswd, HTPASSWD);
  const tls = options.tls ? makeCertificate(directory, listen.slice(0, listen.lastIndexOf(':'))) : undefined;
  return {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(directory, 'storage') }, delete: { enabled: true } },
    http: { addr: listen, ...(tls && { tls }) },
    ...(options.auth && { auth: { htpasswd: { realm: 'gantry tests', path: htpasswd } } }),
  };
}

async function accepts(host: string): Promise<boolean> {
  const { connect } = await import('node:net');
  const [address = '', port = ''] = host.split(':');
  return await new Promise((resolve) => {
    const socket = connect(Number(port), address);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Starts a registry and waits until it answers: `await using registry = await startRegistry()`. */
export async function startRegistry(options: RegistryOptions = {}): Promise<LocalRegistry> {
  const directory = tempDirectory('registry-');
  const storage = join(directory.path, 'storage');
  mkdirSync(storage);
  const address = options.address ?? '127.0.0.1';
  const host = `${address}:${await freePort(address)}`;
  const configPath = join(directory.path, 'config.yml');
  // JSON is YAML.
  writeFileSync(configPath, JSON.stringify(configuration(directory.path, host, options)));
  const child = spawn('docker-registry', ['serve', configPath], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const ended = once(child, 'exit');
  const dispose = async () => {
    child.kill('SIGKILL');
    await ended;
    directory[Symbol.dispose]();
  };
  try {
    await waitFor(
      () => {
        if (child.exitCode !== null) throw new Error(`docker-registry ended at once: ${complaint}`);
        return accepts(host);
      },
      { reason: `docker-registry on ${host} accepts connections` },
    );
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    host,
    url: `${options.tls ? 'https' : 'http'}://${host}`,
    storage,
    caFile: options.tls ? join(directory.path, 'ca.crt') : undefined,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: dispose,
  };
}
