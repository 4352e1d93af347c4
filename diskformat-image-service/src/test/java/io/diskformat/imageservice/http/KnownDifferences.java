package io.diskformat.imageservice.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of what differs from OpenStack's own image service, with the reasons. */
final class KnownDifferences {
  private static final Path TABLE = Path.of("..", "docs", "image-service-differences.md");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  private final List<Row> rows;
  private final Set<String> used = new TreeSet<>();

  private record Row(List<Pattern> requests, List<String> differences) {
    boolean isOf(String request) {
      return requests.stream().anyMatch(pattern -> pattern.matcher(request).matches());
    }
  }

  private KnownDifferences(List<Row> rows) {
    this.rows = rows;
  }

  static KnownDifferences read() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(TABLE)) {
      if (line.startsWith("| `")) {
        String[] cells = line.split(" \\| ", -1);
        if (cells.length != 3) {
          throw new IOException("not a row of three cells: " + line);
        }
        List<Pattern> requests = codes(cells[0]).map(KnownDifferences::pattern).toList();
        boolean _ = rows.add(new Row(requests, codes(cells[1]).toList()));
      }
    }
    return new KnownDifferences(rows);
  }

  private static Stream<String> codes(String cell) {
    return CODE.matcher(cell).results().map(found -> found.group(1));
  }

  /** In a pattern, a star stands for anything. */
  private static Pattern pattern(String glob) {
    return Pattern.compile(
        Stream.of(glob.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
  }

  /** Returns whether a difference is in the table, and remembers which row has it. */
  boolean explain(RecordedRequests.Difference difference) {
    boolean isKnown = false;
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      if (row.isOf(difference.request())) {
        for (String known : row.differences) {
          if (pattern(known).matcher(difference.what()).matches()) {
            boolean _ = used.add(key(i, known));
            isKnown = true;
          }
        }
      }
    }
    return isKnown;
  }

  private static String key(int row, String difference) {
    return "row " + (row + 1) + ": " + difference;
  }

  /** Returns what the table has, and no answer showed. */
  Set<String> unused() {
    Set<String> all = new TreeSet<>();
    for (int i = 0; i < rows.size(); i++) {
      int row = i;
      rows.get(i).differences.forEach(known -> all.add(key(row, known)));
    }
    all.removeAll(used);
    return all;
  }
}
