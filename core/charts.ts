/**
 * Markdown without its Mermaid charts, for pages that do not draw them. A chart says again, as a picture, what the text
 * beside it says.
 */
export function withoutCharts(markdown: string): string {
  return markdown.replaceAll(/^```mermaid\n[\s\S]*?^```\n*/gm, '')
}
