import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** `path` inside the repository. */
export const inRoot = (...path) => resolve(root, ...path);

/** What the scripts install and remember; git-ignored, safe to delete. */
export const toolsDir = inRoot('.tools');

/** The installable package that the build leaves. */
export const pkgDir = inRoot('pkg');
