/** Files that are bundled as text: a scoring server that runs on a bare Python, for one. */
declare module '*.py' {
  const text: string
  export default text
}
