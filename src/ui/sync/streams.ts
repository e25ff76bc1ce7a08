import { Readable } from 'node:stream';

/** Ends a stream that may come over HTTP or from the engine in process; both have destroy, the shared type does not. */
export function destroyStream(stream: NodeJS.ReadableStream): void {
  // Destroying must not turn into an unhandled error of a stream nobody reads any more.
  stream.on('error', () => undefined);
  if (stream instanceof Readable) stream.destroy();
}
