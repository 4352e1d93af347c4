package io.diskformat.cli;

import io.diskformat.SizeText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The verbs that change files of a guest and take parameters alone. */
final class SimpleChangeVerb extends GuestChangeVerb {
  private static final int DECIMAL = 10;

  private final Action action;
  private final List<Argument> parameters = new ArrayList<>();

  /** What a verb does with its parameters. */
  @FunctionalInterface
  interface Action {
    void run(GuestChanges changes, List<String> parameters) throws IOException;
  }

  private SimpleChangeVerb(String name, String description, Action action) {
    super(name, description);
    this.action = action;
  }

  private SimpleChangeVerb with(String label, String text) {
    parameters.add(parameter(label, text));
    return this;
  }

  private SimpleChangeVerb withMore(String label, String text) {
    parameters.add(parameter(label, text));
    parameters.add(furtherParameters(label, ""));
    return this;
  }

  @Override
  void act(GuestChanges changes) throws IOException {
    List<String> values = new ArrayList<>();
    parameters.forEach(parameter -> values.addAll(parameter.values()));
    action.run(changes, values);
  }

  /** Does something with each parameter from one on. */
  private static Action each(int from, Action one) {
    return (changes, all) -> {
      for (int i = from; i < all.size(); i++) {
        List<String> values = new ArrayList<>(all.subList(0, from));
        values.add(all.get(i));
        one.run(changes, values);
      }
    };
  }

  /** Returns the verb of a name, or null if it is none of these. */
  static @Nullable SimpleChangeVerb named(String name) {
    return switch (name) {
      case "append-line" ->
          new SimpleChangeVerb(
                  name,
                  "Adds a line to a file of a guest.",
                  (changes, all) -> changes.appendLine(all.getFirst(), all.get(1)))
              .with("PATH", "In the guest.")
              .with("LINE", "Without its end.");
      case "chmod" ->
          new SimpleChangeVerb(
                  name,
                  "Sets the modes of files of a guest.",
                  each(1, (changes, all) -> changes.setMode(all.get(1), mode(all.getFirst()))))
              .with("MODE", "In octal: 644, 0755.")
              .withMore("PATH", "In the guest.");
      case "chown" ->
          new SimpleChangeVerb(
                  name,
                  "Sets the owners of files of a guest.",
                  each(
                      2,
                      (changes, all) ->
                          changes.setOwner(
                              all.get(2),
                              number(all.getFirst(), DECIMAL),
                              number(all.get(1), DECIMAL))))
              .with("OWNER", "The number of a user.")
              .with("GROUP", "The number of a group.")
              .withMore("PATH", "In the guest.");
      case "copy-in" ->
          new SimpleChangeVerb(
                  name,
                  "Copies files, and directories with all in them, into a guest; they are root's,"
                      + " and replace files and links of the same names.",
                  SimpleChangeVerb::copyIn)
              .with("FILE", "A file or a directory of this host.")
              .withMore("FILE", "More of them; the last is the directory of the guest to copy to.");
      case "ln-s" ->
          new SimpleChangeVerb(
                  name,
                  "Makes a symbolic link in a guest.",
                  (changes, all) -> changes.link(all.getFirst(), all.get(1), false))
              .with("TARGET", "Where it leads.")
              .with("PATH", "Of the link, in the guest.");
      case "mkdir" ->
          new SimpleChangeVerb(
                  name,
                  "Makes directories in a guest.",
                  each(0, (changes, all) -> changes.makeDirectory(all.getFirst())))
              .withMore("PATH", "In the guest.");
      case "mkdir-p" ->
          new SimpleChangeVerb(
                  name,
                  "Makes directories in a guest, and those above them.",
                  each(0, (changes, all) -> changes.makeDirectories(all.getFirst())))
              .withMore("PATH", "In the guest.");
      case "mv" ->
          new SimpleChangeVerb(
                  name,
                  "Gives a file of a guest another name.",
                  (changes, all) -> changes.move(all.getFirst(), all.get(1)))
              .with("PATH", "In the guest.")
              .with("TARGET", "The other path, or a directory to put it in.");
      default -> ofContent(name);
    };
  }

  private static @Nullable SimpleChangeVerb ofContent(String name) {
    return switch (name) {
      case "touch" ->
          new SimpleChangeVerb(
                  name,
                  "Sets the times of files of a guest to now; makes those that are not there.",
                  each(0, (changes, all) -> changes.touch(all.getFirst())))
              .withMore("PATH", "In the guest.");
      case "truncate" ->
          new SimpleChangeVerb(
                  name,
                  "Empties files of a guest.",
                  each(0, (changes, all) -> changes.truncate(all.getFirst(), 0)))
              .withMore("PATH", "In the guest.");
      case "truncate-size" ->
          new SimpleChangeVerb(
                  name,
                  "Makes a file of a guest as long as is said.",
                  (changes, all) ->
                      changes.truncate(all.getFirst(), SizeText.parse(all.get(1), "SIZE")))
              .with("PATH", "In the guest.")
              .with("SIZE", "In bytes, or with a suffix as 1M. What is added reads as zeroes.");
      case "upload" ->
          new SimpleChangeVerb(
                  name, "Replaces a file of a guest by one of this host.", SimpleChangeVerb::upload)
              .with("FILE", "Of this host; - for the standard input.")
              .with("PATH", "In the guest.");
      case "write" ->
          new SimpleChangeVerb(
                  name,
                  "Replaces the content of a file of a guest by a text.",
                  (changes, all) ->
                      changes.write(all.getFirst(), all.get(1).getBytes(StandardCharsets.UTF_8)))
              .with("PATH", "In the guest.")
              .with("TEXT", "As it is: no end of a line is added.");
      default -> null;
    };
  }

  private static void upload(GuestChanges changes, List<String> all) throws IOException {
    try (InputStream in = HostFiles.open(all.getFirst())) {
      changes.upload(in, all.get(1));
    }
  }

  private static void copyIn(GuestChanges changes, List<String> all) throws IOException {
    for (String file : all.subList(0, all.size() - 1)) {
      changes.copyIn(Path.of(file), all.getLast());
    }
  }
}
