// Content of the three files that tell a container its own name and how to find others. Pure.

export interface ContainerFilesRequest {
  readonly hostname: string;
  readonly domainname?: string | undefined;
  /** HostConfig.ExtraHosts: `name:ip`, `name=ip`; the ip may be `host-gateway`. */
  readonly extraHosts?: readonly string[] | undefined;
  /** HostConfig.Dns, DnsSearch, DnsOptions. */
  readonly dns?: readonly string[] | undefined;
  readonly dnsSearch?: readonly string[] | undefined;
  readonly dnsOptions?: readonly string[] | undefined;
}

/** Whole contents, to be written to files that are bound over /etc/hosts, /etc/hostname and /etc/resolv.conf. */
export interface ContainerFiles {
  readonly hosts: string;
  readonly hostname: string;
  readonly resolvConf: string;
}

export interface HostsOptions {
  /** The container's own address; without one it has no line of its own. */
  readonly address: string | undefined;
  /** What `host-gateway` stands for. */
  readonly hostGateway: string;
}

export function hostsText(request: ContainerFilesRequest, options: HostsOptions): string {
  return LOCAL_HOSTS + extraLines(request, options.hostGateway) + ownLine(request, options.address);
}

/** In the machine's own network the machine's file counts, with the user's lines at its end. */
export function hostsTextOfMachine(machineHosts: string, request: ContainerFilesRequest): string {
  const closed = machineHosts === '' || machineHosts.endsWith('\n') ? machineHosts : `${machineHosts}\n`;
  return closed + extraLines(request, '127.0.0.1');
}

/**
 * The machine's resolv.conf with what the user asked for in place of its name servers, search list or options.
 * @param reach `own`: from its own network namespace a container reaches neither loopback servers nor IPv6 ones;
 *   where none is left, Docker's public ones take their place. `machine`: all are kept.
 */
export function resolvConfText(
  machineText: string,
  request: ContainerFilesRequest,
  reach: 'own' | 'machine',
): string {
  const machine = parseResolvConf(machineText);
  const inherited = reach === 'machine' ? machine.servers : machine.servers.filter(isReachable);
  const servers = pick(request.dns, reach === 'own' && inherited.length === 0 ? PUBLIC_SERVERS : inherited);
  // Docker: one "." switches the search list off.
  const search = pick(request.dnsSearch, machine.search).filter((domain) => domain !== '.');
  const options = pick(request.dnsOptions, machine.options);
  return [
    ...servers.map((server) => `nameserver ${server}\n`),
    ...(search.length === 0 ? [] : [`search ${search.join(' ')}\n`]),
    ...(options.length === 0 ? [] : [`options ${options.join(' ')}\n`]),
  ].join('');
}

/** True where only the stub resolver of this machine stands in the file: the real servers stand elsewhere. */
export function isStubResolver(machineText: string): boolean {
  const { servers } = parseResolvConf(machineText);
  return servers.length === 1 && servers[0] === '127.0.0.53';
}

function extraLines(request: ContainerFilesRequest, hostGateway: string): string {
  return (request.extraHosts ?? [])
    .map((entry) => {
      // An IPv6 address has colons too, so the first separator counts.
      const at = entry.search(/[:=]/);
      const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, '$1');
      return `${address === 'host-gateway' ? hostGateway : address}\t${entry.slice(0, at)}\n`;
    })
    .join('');
}

function ownLine({ hostname, domainname }: ContainerFilesRequest, address: string | undefined): string {
  if (address === undefined) return '';
  const domain = domainname ?? '';
  return domain === '' ? `${address}\t${hostname}\n` : `${address}\t${hostname}.${domain} ${hostname}\n`;
}

function parseResolvConf(text: string): { servers: string[]; search: string[]; options: string[] } {
  const fields = text.split('\n').map((line) =>
    line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/),
  );
  const valuesOf = (...keys: string[]): string[][] =>
    fields.filter(([key = '']) => keys.includes(key)).map(([, ...values]) => values);
  return {
    servers: valuesOf('nameserver').flatMap(([server]) => (server === undefined ? [] : [server])),
    // resolv.conf(5): of several search or domain lines the last counts; options add up.
    search: valuesOf('search', 'domain').at(-1) ?? [],
    options: valuesOf('options').flat(),
  };
}

function isReachable(server: string): boolean {
  return !server.includes(':') && !server.startsWith('127.');
}

function pick(given: readonly string[] | undefined, otherwise: readonly string[]): readonly string[] {
  return given === undefined || given.length === 0 ? otherwise : given;
}

const LOCAL_HOSTS = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;
const PUBLIC_SERVERS = ['8.8.8.8', '8.8.4.4'];
