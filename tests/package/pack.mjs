import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from '../../scripts/lib/npm.mjs';
import { pkgDir, toolsDir } from '../../scripts/lib/paths.mjs';

/** Packs `pkg/` as `npm publish` would: the tarball, and the paths in it. */
export async function pack() {
  const folder = join(toolsDir, 'pack');
  mkdirSync(folder, { recursive: true });
  const args = ['pack', pkgDir, '--pack-destination', folder, '--json', '--loglevel=error'];
  const [packed] = JSON.parse((await npm(args)).join('\n'));
  return {
    tarball: join(folder, packed.filename),
    files: packed.files.map((file) => file.path).sort(),
  };
}
