/** Bundled as text by `scripts/textImports.mjs`. */
declare module '*.html' {
  const text: string
  export default text
}

declare module '*.css' {
  const text: string
  export default text
}

/** A program for the browser, bundled by itself. */
declare module '*?browser' {
  const text: string
  export default text
}
