// Imported late: the workspace is ready sooner without. By name, because a late import of the package itself brings
// nothing but its default once it is bundled.
export { Agent, Pool, request } from 'undici'
