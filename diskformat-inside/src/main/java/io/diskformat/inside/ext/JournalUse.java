package io.diskformat.inside.ext;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What becomes of a journal that has something in it. */
enum JournalUse {
  /** What it has is read from there. */
  REPLAY,
  /** It is not looked at, so that files may be old or damaged. */
  IGNORE,
  /** The volume is refused. */
  REFUSE;

  /** The name of the choice. */
  static final String OPTION = "journal";

  /**
   * Returns what was chosen, or {@link #REPLAY} if nothing was.
   *
   * @throws IllegalArgumentException if there is no such choice
   */
  static JournalUse of(@Nullable Object choice) {
    if (choice == null) {
      return REPLAY;
    }
    for (JournalUse use : values()) {
      if (use.name().toLowerCase(Locale.ROOT).equals(choice.toString())) {
        return use;
      }
    }
    throw new IllegalArgumentException(
        "journal must be replay, ignore or refuse, not \"" + choice + "\"");
  }
}
