// A registry behind a bad line: an HTTP proxy on loopback whose answers can be cut, changed or counted.
import { type IncomingMessage, type ServerResponse, request } from 'node:http';
import { serveOnLoopback } from './loopback-server.ts';

export interface ProxyRules {
  /** Ends the connection after so many bytes; undefined lets it through. Asked for each large blob. */
  cutAfter?: (url: string) => number | undefined;
  /** Answers in place of the registry; true where it did. */
  answer?: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;
}

export interface CuttingProxy extends AsyncDisposable {
  readonly host: string;
  /** `GET /v2/… bytes=100-` of each request. */
  readonly requests: string[];
}

export async function startProxy(target: string, rules: ProxyRules): Promise<CuttingProxy> {
  const requests: string[] = [];
  const server = await serveOnLoopback((incoming, outgoing) => {
    const url = incoming.url ?? '/';
    requests.push(`${incoming.method} ${url} ${incoming.headers.range ?? ''}`.trim());
    if (rules.answer?.(incoming, outgoing)) return;
    const upstream = request(
      `http://${target}${url}`,
      { method: incoming.method, headers: incoming.headers },
      (response) => {
        outgoing.writeHead(response.statusCode ?? 500, response.headers);
        const isLarge = url.includes('/blobs/') && Number(response.headers['content-length']) > 1 << 20;
        const limit = isLarge ? rules.cutAfter?.(url) : undefined;
        let sent = 0;
        response.on('data', (chunk: Buffer) => {
          const rest = limit === undefined ? chunk.length : limit - sent;
          sent += chunk.length;
          if (chunk.length < rest || limit === undefined) outgoing.write(chunk);
          else outgoing.write(chunk.subarray(0, Math.max(0, rest)), () => outgoing.destroy());
        });
        response.on('end', () => {
          if (!outgoing.destroyed && (limit === undefined || sent < limit)) outgoing.end();
        });
      },
    );
    upstream.on('error', () => outgoing.destroy());
    upstream.end();
  });
  return { requests, host: server.host, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
