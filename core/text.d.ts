/** Files that are bundled as text: a scoring server that runs on a bare Python, for one. */
declare module '*.py' {
  const text: string
  export default text
}

/** Programs of a shell that run elsewhere: in the build of an image. */
declare module '*.sh' {
  const text: string
  export default text
}
