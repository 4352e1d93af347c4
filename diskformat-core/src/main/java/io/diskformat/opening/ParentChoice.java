package io.diskformat.opening;

import io.diskformat.ImageIdentity;
import io.diskformat.ParentIdentity;
import io.diskformat.ParentProposal;
import io.diskformat.Reference;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferenceDeniedException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Chooses the parent among the files that are proposed for it, by the UUIDs and never by their
 * order.
 */
final class ParentChoice {
  private final ParentIdentity wanted;
  private final References child;
  private final ParentSearch search;

  /**
   * Creates a choice.
   *
   * @param child the references of the child, whose options say where to look
   * @param opener opens candidates to describe them
   */
  ParentChoice(ParentIdentity wanted, References child, ImageOpener opener) {
    this.wanted = wanted;
    this.child = child;
    this.search = new ParentSearch(wanted, child, opener);
  }

  /** Opens the parent's file. The format that opens it as an image checks its UUIDs. */
  References.Below open(boolean writable) throws IOException {
    return child.parent(wanted, make(), writable);
  }

  /** Returns the parent's file, all links followed. */
  private Path make() throws IOException {
    List<Path> files = child.path().isEmpty() ? List.of() : proposed(child.path().get());
    if (files.size() > 1) {
      files = fitting(files);
    }
    return switch (files.size()) {
      case 0 ->
          throw search
              .denial()
              .orElseGet(() -> denied(Reason.NOT_FOUND, "nothing is found for it"));
      case 1 -> files.getFirst();
      default -> throw denied(Reason.AMBIGUOUS, namesOf(files) + " fit, and it can be only one");
    };
  }

  private List<Path> proposed(Path childFile) throws IOException {
    return switch (child.options().parents().find(wanted, childFile)) {
      case ParentProposal.Known known -> search.allowed(known.files());
      case ParentProposal.Among among -> search.among(among.files());
      case ParentProposal.Directory directory -> search.in(directory.directory(), childFile);
    };
  }

  /** Returns those that match best, if any match at all. */
  private List<Path> fitting(List<Path> files) throws IOException {
    List<Path> best = new ArrayList<>();
    int bestFit = 1;
    for (Path file : files) {
      Optional<ImageIdentity> identity = search.identity(file);
      int fit = identity.isPresent() ? wanted.fit(identity.get()) : 0;
      if (fit > bestFit) {
        best.clear();
        bestFit = fit;
      }
      if (fit == bestFit) {
        best.add(file);
      }
    }
    return best;
  }

  private static String namesOf(List<Path> files) {
    String last = files.getLast().toString();
    return files.size() == 2
        ? "both " + files.getFirst() + " and " + last
        : files.stream().limit(10).map(Path::toString).collect(Collectors.joining(", ")) + " all";
  }

  private ReferenceDeniedException denied(Reason reason, String explanation) {
    return child.denied(Reference.Kind.PARENT, wanted.label(), reason, explanation);
  }
}
