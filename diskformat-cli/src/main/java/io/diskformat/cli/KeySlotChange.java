package io.diskformat.cli;

import io.diskformat.ImageMaintenance;
import io.diskformat.SecretSupplier;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A change of the passphrases that open an image, as {@code amend} takes it from qemu-img's options:
 * {@code state}, {@code new-secret}, {@code old-secret}, {@code keyslot} and {@code iter-time}; in
 * a format in which not all images are encrypted they begin with {@code encrypt.}
 */
final class KeySlotChange {
  private static final List<String> NAMES =
      List.of("state", "new-secret", "old-secret", "keyslot", "iter-time");

  private static final String PREFIX = "encrypt.";

  private static final int LAST_SLOT = 7;

  /** What qemu-img takes, in milliseconds. */
  private static final long USUAL_TIME = 2000;

  private final Map<String, String> given = new HashMap<>();
  private final boolean activates;
  private final OptionalInt slot;
  private final Duration time;
  private final @Nullable SecretSupplier secret;

  /**
   * Takes its options out of others.
   *
   * @param options from which those of this change are removed
   * @throws IllegalArgumentException if they make no sense
   */
  private KeySlotChange(Map<String, String> options, Secrets secrets) {
    for (String name : NAMES) {
      String value = options.remove(PREFIX + name);
      String plain = options.remove(name);
      if (value != null || plain != null) {
        given.put(name, value == null ? plain : value);
      }
    }
    String state = given.get("state");
    require(given.isEmpty() || state != null, "Parameter 'state' is missing");
    require(
        state == null || state.equals("active") || state.equals("inactive"),
        "Parameter 'state' does not accept value '" + state + "'");
    activates = "active".equals(state);
    slot = slot(given.get("keyslot"));
    time = time(given.get("iter-time"));
    if (activates) {
      check();
    } else if (!given.isEmpty()) {
      checkErasing();
    }
    String id = given.get(activates ? "new-secret" : "old-secret");
    secret = id == null ? null : secrets.named(id);
  }

  /**
   * Returns the change that options ask for, and removes its options from them.
   *
   * @throws IllegalArgumentException if they make no sense, or there is no such secret
   */
  static KeySlotChange of(Map<String, String> options, Secrets secrets) {
    return new KeySlotChange(options, secrets);
  }

  private static OptionalInt slot(@Nullable String text) {
    if (text == null) {
      return OptionalInt.empty();
    }
    int number;
    try {
      number = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "Parameter 'keyslot' expects a number, not \"" + text + "\"", e);
    }
    require(
        number >= 0 && number <= LAST_SLOT,
        "Invalid keyslot " + text + " specified, must be between 0 and " + LAST_SLOT);
    return OptionalInt.of(number);
  }

  private static Duration time(@Nullable String text) {
    try {
      return Duration.ofMillis(text == null ? USUAL_TIME : Long.parseLong(text));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "Parameter 'iter-time' expects a number of milliseconds, not \"" + text + "\"", e);
    }
  }

  private void check() {
    require(given.containsKey("new-secret"), "'new-secret' is required to activate a keyslot");
    require(
        !given.containsKey("old-secret"),
        "'old-secret' must not be given when activating keyslots");
  }

  private void checkErasing() {
    for (String name : List.of("iter-time", "new-secret")) {
      require(
          !given.containsKey(name), "'" + name + "' must not be given when erasing keyslots");
    }
    require(
        slot.isPresent() || given.containsKey("old-secret"),
        "To erase keyslot(s), either explicit keyslot index or the password currently contained in"
            + " them must be given");
    require(
        slot.isEmpty() || !given.containsKey("old-secret"),
        "keyslot and old-secret exclude each other");
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }

  /** Makes the change, if there is one, and makes that durable. */
  void on(ImageMaintenance image) throws IOException {
    if (activates && secret != null) {
      int _ = image.addKey(secret, slot, time);
    } else if (secret != null) {
      image.removeKey(secret);
    } else if (slot.isPresent()) {
      image.removeKeySlot(slot.getAsInt());
    }
  }
}
