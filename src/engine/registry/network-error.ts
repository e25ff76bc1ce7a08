/** True for an error of Node or of the HTTP client with one of these codes, or a group of them (several addresses). */
export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some((one) => isErrno(one, ...codes));
  return 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}
