import { bearerOf, type Network } from '../site/network.ts';
import { type Check, fail, pass, type Verdict } from './verdict.ts';

/** Name of the connection that a commissioning makes in NetworkManager. */
export const connectionName = 'scanside';

/** How a program of the host has ended. */
export interface ToolResult {
  /** Undefined where there is no such program. */
  code: number | undefined;
  output: string;
}

export interface NetworkPorts {
  /** Addresses with their prefixes, by interface, as they are now. */
  addresses(): ReadonlyMap<string, readonly string[]>;
  /** Runs `nmcli`. */
  nmcli(args: readonly string[]): ToolResult;
}

/** Whether the machine stands in the network as the site wants it. */
export function isSet(wanted: Network, addresses: ReturnType<NetworkPorts['addresses']>): boolean {
  const found = addresses.get(bearerOf(wanted)) ?? [];
  if (wanted.address === 'dhcp') return found.some((each) => !isOwnMade(each));
  return found.includes(wanted.address);
}

/** An address that a machine gives itself where nobody gives it one (RFC 3927, RFC 4291). */
function isOwnMade(address: string): boolean {
  return /^(169\.254\.|fe80:)/i.test(address);
}

/** What is to be set, in `nmcli`'s words. */
export function settingsOf({ address, gateway, dns, searchDomains }: Network): string[] {
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  const set = (key: string, value: string | undefined) =>
    value ? [`${family}.${key}`, value] : [];
  return [
    ...set('method', address === 'dhcp' ? 'auto' : 'manual'),
    ...(address === 'dhcp' ? [] : set('addresses', address)),
    ...set('gateway', gateway),
    ...set('dns', dns.join(' ')),
    ...set('dns-search', searchDomains.join(' ')),
  ];
}

/** The commands that bring a connection about; `isKnown`: there is one of this name already. */
export function nmcliCommands(wanted: Network, isKnown: boolean): string[][] {
  const { interface: parent, vlan } = wanted;
  const link =
    vlan === undefined
      ? ['type', 'ethernet', 'ifname', parent]
      : ['type', 'vlan', 'ifname', bearerOf(wanted), 'dev', parent, 'id', String(vlan)];
  const head = isKnown
    ? ['connection', 'modify', connectionName]
    : ['connection', 'add', 'con-name', connectionName, 'autoconnect', 'yes', ...link];
  return [
    [...head, ...settingsOf(wanted)],
    ['connection', 'up', connectionName],
  ];
}

/** Sets the machine's network where it is not as the site wants it, and looks whether it is so then. */
export function networkCheck(wanted: Network, ports: NetworkPorts): Check {
  return {
    name: 'address',
    title: `Address of ${bearerOf(wanted)}`,
    run: () => Promise.resolve(setNetwork(wanted, ports)),
  };
}

function setNetwork(wanted: Network, ports: NetworkPorts): Verdict {
  if (isSet(wanted, ports.addresses())) return pass({ ...factsOf(wanted, ports), set: 'already' });
  const settings = settingsOf(wanted).join(' ');
  if (wanted.by === 'nobody')
    return fail('NETWORK_TO_BE_SET', `${bearerOf(wanted)}: ${settings}`, factsOf(wanted, ports));
  const isKnown = ports.nmcli(['connection', 'show', connectionName]).code === 0;
  for (const command of nmcliCommands(wanted, isKnown)) {
    const { code, output } = ports.nmcli(command);
    if (code === undefined) return fail('NETWORK_TOOL_MISSING', 'nmcli', factsOf(wanted, ports));
    if (code !== 0)
      return fail(
        'NETWORK_NOT_SET',
        `nmcli ${command.join(' ')}: ${output.trim()}`,
        factsOf(wanted, ports),
      );
  }
  if (isSet(wanted, ports.addresses())) return pass({ ...factsOf(wanted, ports), set: 'now' });
  return fail(
    'NETWORK_NOT_SET',
    `${bearerOf(wanted)} has not come up with it`,
    factsOf(wanted, ports),
  );
}

function factsOf(wanted: Network, ports: NetworkPorts) {
  const bearer = bearerOf(wanted);
  return {
    interface: bearer,
    wanted: wanted.address,
    found: (ports.addresses().get(bearer) ?? []).join(', ') || 'none',
  };
}
