import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import type { NetworkPorts } from '../provisioning/checks/network-check.ts';

/** Longest time that NetworkManager may take, a lease included, milliseconds. */
const nmcliMs = 120_000;

/** The network of this machine, read from the kernel and set by NetworkManager. */
export const hostNetwork: NetworkPorts = {
  addresses() {
    const all = Object.entries(networkInterfaces());
    return new Map(
      all.map(([name, each = []]) => [name, each.map(({ cidr, address }) => cidr ?? address)]),
    );
  },
  nmcli(args) {
    const { status, stdout, stderr, error } = spawnSync('nmcli', args, {
      encoding: 'utf8',
      timeout: nmcliMs,
    });
    if (error && 'code' in error && error.code === 'ENOENT') return { code: undefined, output: '' };
    return { code: status ?? -1, output: `${stdout}${stderr}` };
  },
};
