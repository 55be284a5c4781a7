/** A stretch of a message: plain text, or a link if `href` is set. */
export interface TextPart {
  readonly text: string;
  readonly href: string | null;
}

const LINK = /\bhttps?:\/\/[^\s<>"'`]+/gi;
const CLOSING = /[.,;:!?)\]}…]+$/;
const ONLY_EMOJI = /^(?:\p{RGI_Emoji}\s*){1,6}$/v;

/** Finds http(s) links; nothing else becomes clickable. */
export function textParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const link = trimLink(match[0]);
    if (!URL.canParse(link)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index), href: null });
    parts.push({ text: link, href: link });
    end = match.index + link.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), href: null });
  return parts;
}

export function isOnlyEmoji(text: string): boolean {
  return text.length < 80 && ONLY_EMOJI.test(text.trim());
}

/** Punctuation after a link belongs to the sentence, a bracket that the link opened to the link. */
function trimLink(link: string): string {
  const closing = CLOSING.exec(link)?.[0] ?? '';
  const trimmed = link.slice(0, link.length - closing.length);
  return closing.startsWith(')') && trimmed.includes('(') ? `${trimmed})` : trimmed;
}
