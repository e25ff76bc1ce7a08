/** What limits write into one controller's files; undefined for what was not asked for. */
export type FileValues = (readonly [
  file: string,
  value: string | number | undefined,
  optional?: 'optional',
])[];
