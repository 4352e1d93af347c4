package io.diskformat.cli;

import io.diskformat.iso.build.DiscIdentifiers;

/** The options by which a command line says what a disc says of itself. */
final class IsoNaming {
  private final Argument volume;
  private final Argument application;
  private final Argument publisher;
  private final Argument preparer;
  private final Argument system;
  private final Argument volumeSet;
  private final Argument copyright;
  private final Argument summary;
  private final Argument bibliography;

  /** Declares them. */
  IsoNaming(Verb verb) {
    volume = verb.option("LABEL", "The label of the volume, up to 32 characters.", "-V", "-volid");
    application = verb.option("TEXT", "What the disc is for.", "-A", "-appid");
    publisher = verb.option("TEXT", "Who publishes the disc.", "-P", "-publisher");
    preparer = verb.option("TEXT", "Who, or what, prepared the data.", "-preparer");
    system = verb.option("TEXT", "Which system the disc is for.", "-sysid");
    volumeSet = verb.option("TEXT", "The set that the disc belongs to.", "-volset");
    copyright = verb.option("NAME", "The file of the root that has the copyright.", "-copyright");
    summary = verb.option("NAME", "The file of the root that has the abstract.", "-abstract");
    bibliography =
        verb.option("NAME", "The file of the root that has the bibliography.", "-biblio");
  }

  /** Returns texts, and in place of some what the command line says. */
  DiscIdentifiers over(DiscIdentifiers before) {
    return new DiscIdentifiers(
        volume.valueOr(before.volume()),
        system.valueOr(before.system()),
        volumeSet.valueOr(before.volumeSet()),
        publisher.valueOr(before.publisher()),
        preparer.valueOr(before.preparer()),
        application.valueOr(before.application()),
        copyright.valueOr(before.copyright()),
        summary.valueOr(before.summary()),
        bibliography.valueOr(before.bibliography()));
  }
}
