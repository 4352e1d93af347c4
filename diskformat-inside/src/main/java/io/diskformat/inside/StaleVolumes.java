package io.diskformat.inside;

import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.FileTrees;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Finds volumes whose files may be in an older state, since the latest writes are only in a log.
 */
final class StaleVolumes {
  /** The file systems whose trees can tell, at little cost. */
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
          // Opening its files reports the same.
        }
      }
    }
    return problems;
  }
}
