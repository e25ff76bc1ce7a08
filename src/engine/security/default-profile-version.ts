/** Part of the cache's key: raise it with every change here. */
export const DEFAULT_PROFILE_VERSION = 1;
