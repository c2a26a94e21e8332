import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparePaths } from '../../benchmarks/dicom-path.ts';
import { type PathRow, reportDicomPath } from '../../benchmarks/dicom-path-report.ts';
import { disk } from '../../device/files.ts';
import { explicitVrLittleEndian } from '../../runtime/dicom/transfer-syntax.ts';
import { type LoadedBundle, loadForUse } from '../../runtime/inference/analysis.ts';
import { shippedFolder } from './bundle-copy.ts';
import { isLossy, type PhantomVariant, phantomVariants, variantName } from './phantom-variants.ts';

let loaded: LoadedBundle;

beforeAll(async () => {
  loaded = await loadForUse(shippedFolder, disk);
});

afterAll(() => loaded.ensemble.release());

/** Every transfer syntax in one of its formats, and every format in one transfer syntax: few enough for each run. */
const chosen = phantomVariants.filter((variant, at) => {
  const { photometric, transferSyntaxUid, modality, bits, signed } = variant;
  if (transferSyntaxUid === explicitVrLittleEndian)
    return modality === 'modality-lut' ? bits === 10 && !signed : at % 3 === 0;
  const inverse = transferSyntaxUid.length % 2 ? 'MONOCHROME1' : 'MONOCHROME2';
  return photometric === inverse && !signed && bits === (isBaseline(variant) ? 8 : 12);
});

function isBaseline({ transferSyntaxUid }: PhantomVariant): boolean {
  return transferSyntaxUid === '1.2.840.10008.1.2.4.50';
}

/** What a probability may differ by: the steps of eight bits are coarser than those of the tensor. */
function bound(variant: PhantomVariant): number {
  if (isLossy(variant)) return 0.1;
  return variant.bits === 8 || variant.modality === 'modality-lut' ? 0.05 : 0.01;
}

describe('phantoms through the DICOM path', () => {
  it('have nearly the probabilities that their pictures have', async () => {
    const rows = await comparePaths(loaded, { phantoms: 24, variants: chosen, sides: [128] });
    const stored = rows.filter((row): row is PathRow & { variant: PhantomVariant } =>
      Boolean(row.variant),
    );
    expect(new Set(stored.map(({ variant }) => variant.transferSyntaxUid)).size).toBe(18);
    expect(stored.length).toBeGreaterThan(25);
    for (const { variant, difference } of stored)
      expect(difference, variantName(variant)).toBeLessThan(bound(variant));
    expect(reportDicomPath(rows).split('\n').length).toBeGreaterThan(stored.length);
  }, 240_000);
});
