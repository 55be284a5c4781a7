// Evaluated before everything else, in syntax that every Node with ES modules can parse: the rest
// of the scripts is newer than that.
const NEEDED = [20, 19];

const version = process.versions.node.split('.').map(Number);
const tooOld = version[0] < NEEDED[0] || (version[0] === NEEDED[0] && version[1] < NEEDED[1]);
if (tooOld) {
  console.error(
    'error: Node ' +
      process.versions.node +
      ' is too old, ' +
      NEEDED.join('.') +
      ' or newer is needed; install it from https://nodejs.org or with `nvm install 22`.',
  );
  process.exit(1);
}
