// Servers and questions in network namespaces: every server answers with the address that asked it.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { holdPort } from '../../src/native/inet-socket.ts';
import { inNetns } from '../../src/native/netns.ts';
import type { FreshNetns } from './fresh-netns.ts';

export type Protocol = 'tcp' | 'udp';

/** The namespace beyond the test host's uplink. */
export function openOutside(): FreshNetns {
  const fd = openSync(process.env['GANTRY_TEST_OUTSIDE'] ?? '/run/netns/outside', 'r');
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}

/** Answers each connection or datagram with the address that it came from. */
export async function serve(netnsFd: number, protocol: Protocol, port: number): Promise<AsyncDisposable> {
  const { fd } = inNetns(netnsFd, () => holdPort(protocol, '0.0.0.0', port));
  return protocol === 'tcp' ? serveTcp(fd) : serveUdp(fd);
}

async function serveTcp(fd: number): Promise<AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    // Unread bytes would keep the socket from seeing the end.
    socket.resume();
    socket.end(`from ${socket.remoteAddress}`);
  });
  server.listen({ fd });
  await once(server, 'listening');
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

function serveUdp(fd: number): AsyncDisposable {
  const socket = createSocket('udp4');
  socket.on('message', (_, { address, port }) => socket.send(`from ${address}`, port, address));
  socket.bind({ fd });
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())) };
}

/**
 * What goes to a link that is a moment old may be lost: TCP says it again after a second, and so must those who ask by UDP.
 */
const PATIENCE_SECONDS = 2.5;

/** The server's answer, or '' where none came in that time. @param from undefined: the test host itself */
export async function ask(
  from: number | undefined,
  protocol: Protocol,
  to: `${string}:${number}`,
): Promise<string> {
  const [host = '', port = ''] = to.split(':');
  const client = CLIENTS[protocol](host, port);
  const enter = from === undefined ? [] : ['nsenter', `--net=/proc/${process.pid}/fd/${from}`];
  const [command = '', ...args] = [...enter, ...client];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => undefined);
  child.stdin.end('?');
  const [answer] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return answer;
}

const CLIENTS = {
  tcp: (host: string, port: string) => ['timeout', String(PATIENCE_SECONDS), 'busybox', 'nc', host, port],
  udp: (host: string, port: string) => [process.execPath, '--eval', UDP_CLIENT, host, port],
} as const;

const UDP_CLIENT = `
  const [host, port] = process.argv.slice(1);
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (m) => { process.stdout.write(m); socket.close(); });
  socket.on('error', () => process.exit(1));
  const send = () => socket.send('?', Number(port), host);
  send();
  setInterval(send, 200).unref();
  setTimeout(() => process.exit(0), ${PATIENCE_SECONDS * 1000}).unref();
`;
