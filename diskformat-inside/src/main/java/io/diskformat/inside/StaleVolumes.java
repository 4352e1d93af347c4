package io.diskformat.inside;

import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.FileTrees;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Volumes whose files may be old, as what was written last is not in its place. */
final class StaleVolumes {
  /** The file systems whose trees say so, and say it cheaply. */
  private static final String TYPE = "xfs";

  private StaleVolumes() {}

  /** Returns what they say, each after the name of its volume. */
  static List<String> problems(List<Volume> volumes) throws IOException {
    List<String> problems = new ArrayList<>();
    for (Volume volume : volumes) {
      if (volume.problem().isEmpty() && volume.content().type().equals(TYPE)) {
        try {
          FileTrees.open(volume.device(), Map.of())
              .problems()
              .forEach(problem -> problems.add(volume.name() + ": " + problem));
        } catch (DiskFormatException e) {
          // Whoever opens its files gets the same.
        }
      }
    }
    return problems;
  }
}
