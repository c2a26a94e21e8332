import { resolve } from 'node:path';
import process from 'node:process';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import { type Bundle, loadEnabled } from '../models/bundle.ts';
import { type Configuration, loadConfiguration } from '../runtime/config.ts';
import { openQualityStore, type QualityStore } from '../runtime/quality/quality-store.ts';
import { programFolder } from '../runtime/service.ts';
import { openRootKey } from '../runtime/spool/segment-keys.ts';

/** Options of every command of the group. */
export const qualityOptions = {
  config: { type: 'string' },
  help: { type: 'boolean' },
} as const;

export const configUsage = `  --config FILE      the configuration of the appliance; without it the one that SCANSIDE_CONFIG names`;

/** The configuration that a command speaks of. Throws CONFIG_UNREADABLE, CONFIG_INVALID. */
export function readSite(config: string | undefined): Configuration {
  return loadConfiguration(config ?? (process.env['SCANSIDE_CONFIG'] || undefined), disk);
}

/**
 * What an appliance knows of its models, whether it runs or not. Throws DATA_FOLDER_UNKNOWN, ROOT_KEY_MISSING,
 * QUALITY_STORE_UNUSABLE.
 */
export function openStore({ dataFolder }: Configuration): QualityStore {
  if (!disk.isFolder(dataFolder)) throw new ScansideError('DATA_FOLDER_UNKNOWN', dataFolder);
  const keys = openRootKey(disk, `${dataFolder}/spool`, keyFolderOf(dataFolder));
  return openQualityStore(dataFolder, keys);
}

/** The bundles that an appliance runs. Throws BUNDLE_INVALID. */
export function bundlesOf({ models }: Configuration): Bundle[] {
  return loadEnabled(resolve(programFolder, models.folder), models.enabled, disk);
}
