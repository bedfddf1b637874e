/** Where a link or an image leads, seen from the sender. */
export type Owner =
  /** The sender's own domain. */
  | 'own'
  /** A company that the sender is a part of. */
  | 'kin'
  /** Counts clicks for many senders: the mailers of newsletters and receipts. */
  | 'mailer'
  /** What everybody links to: stores, social networks, fonts. */
  | 'common'
  /** Anyone gets a page there without giving a name. */
  | 'free-host'
  | 'shortener'
  /** What customers put up under a well-known name: clouds, forms, shared documents. */
  | 'content'
  | 'address'
  | 'cheap'
  | 'other';

export type LinkFact = { url: string; host: string; domain: string; owner: Owner; label: string };

export type BrandFact = {
  name: string;
  where: 'name' | 'subject' | 'text' | 'label';
  /** The sender's address belongs to the brand. */
  isSender: boolean;
  /** A link leads to the brand's own domain. */
  isLinked: boolean;
};

/**
 * What the judgement reads of a mail. It holds nothing that only tells who received or collected the mail: no hop, no receiving server's header, no
 * recipient.
 */
export type MailFacts = {
  subject: string;
  fromName: string;
  fromAddress: string;
  fromHost: string;
  fromDomain: string;
  /** A `platform` sends for its customers: shops, clubs, doctors, whose name it bears and who are answered. */
  fromOwner: 'none' | 'brand' | 'platform' | 'free-mail' | 'free-host' | 'cheap' | 'other';
  replyTo: 'none' | 'same' | 'free-mail' | 'other';
  /** What a person reads of the body. */
  text: string;
  /** The plain part as it is written: quotes, patches and signatures stand in it. */
  plain: string;
  /** The source of the HTML part. */
  html: string;
  /** What a person can follow, each URL once. */
  links: readonly LinkFact[];
  images: readonly LinkFact[];
  attachments: readonly { name: string; type: string }[];
  brands: readonly BrandFact[];
};
