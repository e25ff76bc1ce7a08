import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { waitFor } from '../../support/wait-for.ts';

/** Two ports of the host: one that sends without end and one that takes everything. */
export async function networkPeer() {
  const sockets = new Set<Socket>();
  const open = async (serve: (socket: Socket) => void): Promise<Server> => {
    // nc says at once that it has nothing to send; that must not end what it receives.
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
      serve(socket);
    });
    server.listen(0, '0.0.0.0');
    await once(server, 'listening');
    return server;
  };
  const zeros = Buffer.alloc(64 * 1024);
  const servers = {
    in: await open((socket) => {
      const fill = (): void => {
        while (!socket.destroyed && socket.write(zeros)) continue;
      };
      socket.on('drain', fill);
      fill();
    }),
    out: await open((socket) => void socket.resume()),
  };
  const portOf = (server: Server): number => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const hangUp = (): void => sockets.forEach((socket) => void socket.destroy());
  return {
    ports: { in: portOf(servers.in), out: portOf(servers.out) },
    connected: (_direction: 'in' | 'out') =>
      waitFor(() => sockets.size > 0, { reason: 'nc connects', timeoutMs: 30_000 }),
    hangUp,
    [Symbol.asyncDispose]: async () => {
      hangUp();
      await Promise.all(
        Object.values(servers).map((server) => new Promise((resolve) => server.close(resolve))),
      );
    },
  };
}
