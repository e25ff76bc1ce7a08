// Docker Engine API shapes of networks, endpoints and published ports (API 1.48), keys as they are on the wire.

/** One published address of a container port. An empty HostIp means every address, an empty HostPort a free one. */
export interface PortBinding {
  readonly HostIp?: string | undefined;
  readonly HostPort?: string | undefined;
}

/** `80/tcp` → where it is published; null for a port that is exposed and not published. */
export type PortMap = Readonly<Record<string, readonly PortBinding[] | null>>;

/** `80/tcp` → {}: what the image or the user declares. */
export type PortSet = Readonly<Record<string, Readonly<Record<string, never>>>>;

export interface EndpointIpamConfig {
  readonly IPv4Address?: string | undefined;
  readonly IPv6Address?: string | undefined;
  readonly LinkLocalIPs?: string[] | undefined;
}

/** One container's link to one network; empty strings and zeroes while the container does not run. */
export interface EndpointSettings {
  readonly IPAMConfig: EndpointIpamConfig | null;
  readonly Links: string[] | null;
  readonly Aliases: string[] | null;
  readonly MacAddress: string;
  readonly DriverOpts: Record<string, string> | null;
  readonly GwPriority: number;
  readonly NetworkID: string;
  readonly EndpointID: string;
  readonly Gateway: string;
  readonly IPAddress: string;
  readonly IPPrefixLen: number;
  readonly IPv6Gateway: string;
  readonly GlobalIPv6Address: string;
  readonly GlobalIPv6PrefixLen: number;
  readonly DNSNames: string[] | null;
}

export interface NetworkIpam {
  Driver: string;
  Options: Record<string, string>;
  Config: { Subnet?: string; IPRange?: string; Gateway?: string }[];
}

/** A running container as `docker network inspect` shows it. */
export interface NetworkContainer {
  readonly Name: string;
  readonly EndpointID: string;
  readonly MacAddress: string;
  readonly IPv4Address: string;
  readonly IPv6Address: string;
}

/** GET /networks/{id}; GET /networks answers a list of these with empty `Containers`. */
export interface NetworkInspect {
  readonly Name: string;
  readonly Id: string;
  readonly Created: string;
  readonly Scope: string;
  readonly Driver: string;
  readonly EnableIPv4: boolean;
  readonly EnableIPv6: boolean;
  readonly IPAM: NetworkIpam;
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly ConfigFrom: { readonly Network: string };
  readonly ConfigOnly: boolean;
  readonly Containers: Record<string, NetworkContainer>;
  readonly Options: Record<string, string>;
  readonly Labels: Record<string, string>;
}

/** `docker network ls --filter`: each key's values are alternatives; id and name match as prefix and substring. */
export interface NetworkFilters {
  readonly driver?: readonly string[];
  readonly id?: readonly string[];
  readonly label?: readonly string[];
  readonly name?: readonly string[];
  readonly scope?: readonly string[];
  readonly type?: readonly string[];
}

interface IpamPool {
  Subnet?: string | undefined;
  IPRange?: string | undefined;
  Gateway?: string | undefined;
}

/** A network as any Docker-compatible engine shows it: as wide as dockerode's type. Ours is the narrower NetworkInspect. */
export interface NetworkInfo {
  Name: string;
  Id: string;
  Created: string;
  /** `local`. */
  Scope: string;
  /** bridge, host or null. */
  Driver: string;
  EnableIPv6: boolean;
  IPAM?:
    | {
        Driver?: string;
        Config?: IpamPool[] | undefined;
        Options?: Record<string, string> | null | undefined;
      }
    | undefined;
  Internal: boolean;
  Attachable: boolean;
  Ingress: boolean;
  ConfigOnly: boolean;
  Containers?:
    | Record<
        string,
        { Name: string; EndpointID: string; MacAddress: string; IPv4Address: string; IPv6Address: string }
      >
    | undefined;
  Options?: Record<string, string> | undefined;
  Labels?: Record<string, string> | undefined;
}
