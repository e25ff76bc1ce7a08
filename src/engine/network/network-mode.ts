import { EngineError, networkNotFound } from '../api/errors.ts';

/** HostConfig.NetworkMode taken apart. */
export type NetworkMode =
  | { readonly kind: 'bridge' }
  | { readonly kind: 'host' }
  | { readonly kind: 'none' }
  | { readonly kind: 'container'; readonly container: string };

/** Empty and `default` mean the default bridge. Throws not-found for the name of a network that is not there. */
export function parseNetworkMode(mode: string): NetworkMode {
  if (mode === '' || mode === 'default' || mode === 'bridge') return { kind: 'bridge' };
  if (mode === 'host' || mode === 'none') return { kind: mode };
  if (!mode.startsWith('container:')) throw networkNotFound(mode);
  const container = mode.slice('container:'.length);
  if (container === '')
    throw new EngineError('invalid-parameter', 'invalid container format container:<name|id>');
  return { kind: 'container', container };
}
