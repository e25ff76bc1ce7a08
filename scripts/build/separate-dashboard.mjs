// The dashboard is a bundle of its own; the command line imports it as it is.

/** @returns {import('rolldown').Plugin} */
export function separateDashboard() {
  return {
    name: 'separate-dashboard',
    resolveId: (source) =>
      source.endsWith('/ui/dashboard.tsx') ? { id: './dashboard.mjs', external: true } : undefined,
  };
}
