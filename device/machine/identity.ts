import { readAttribute, type MachineFiles, type MachineRoots } from './attribute.ts';

export interface MachineIdentity {
  /** The board, in its maker's words. */
  model: string | undefined;
  /** tegra234 is Orin, tegra264 is Thor. */
  chip: string | undefined;
  /** Release of the Jetson's Linux: 35 is JetPack 5, 36 JetPack 6, 38 JetPack 7. */
  l4t: string | undefined;
}

/** Which machine this is, from the device tree and the host's release file. All undefined on a PC. */
export function readIdentity(files: MachineFiles, roots: MachineRoots): MachineIdentity {
  const tree = `${roots.procRoot}/device-tree`;
  const compatible = readAttribute(files, `${tree}/compatible`) ?? '';
  const release = readAttribute(files, `${roots.hostRoot}/etc/nv_tegra_release`) ?? '';
  const found = /^# R(\d+) \(release\), REVISION: ([\d.]+)/m.exec(release);
  return {
    model: readAttribute(files, `${tree}/model`),
    chip: /\bnvidia,(tegra\d+)\b/.exec(compatible)?.[1],
    l4t: found ? `${found[1]}.${found[2]}` : undefined,
  };
}
