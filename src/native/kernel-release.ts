/** Compares kernel releases (uname -r) by their first two numbers. @param wanted e.g. `5.14` */
export function isAtLeast(release: string, wanted: string): boolean {
  const [major, minor] = numbersOf(release);
  const [wantedMajor, wantedMinor] = numbersOf(wanted);
  return major === wantedMajor ? minor >= wantedMinor : major > wantedMajor;
}

function numbersOf(release: string): [number, number] {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return [major, minor];
}
