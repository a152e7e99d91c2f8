/** CommonJS packages inside an ESM bundle ask for `require` when they load a built-in module. */
export const requireInEsm =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);"
