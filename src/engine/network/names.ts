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
