package io.diskformat.filesystem;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Has several threads make small files, a few at a time. What becomes of them is known in the order
 * in which they were given, and so is what was to be done after them. For one thread.
 */
final class FileMakers implements Closeable {
  /** As many as most directories have: threads that make files in one wait for each other. */
  private static final int FILES_AT_ONCE = 128;

  private static final int MOST_THREADS = 4;

  /** As many files are worth threads. */
  private static final long FEWEST_FILES = 256;

  private final HostTree host;
  private final Result result;
  private final int threads;
  private final ExecutorService executor;

  /** Those that no thread uses now. */
  private final Queue<FileMaker> makers = new ConcurrentLinkedQueue<>();

  private final Deque<Pending> pending = new ArrayDeque<>();
  private List<Job> jobs = new ArrayList<>();
  private volatile boolean stopped;

  /** A file that is to be made. */
  private record Job(Path child, String path, FileNode node) {}

  /** Files that are being made, or what is to be done after those before. */
  private record Pending(
      List<Job> jobs, @Nullable Future<List<FileMaker.Outcome>> outcomes, @Nullable Later later) {}

  /** What is done when all files that were given before are there. */
  @FunctionalInterface
  interface Later {
    void run() throws IOException;
  }

  /** Hears what became of files, in their order. */
  @FunctionalInterface
  interface Result {
    void of(String path, FileMaker.Outcome outcome) throws IOException;
  }

  private FileMakers(HostTree host, Result result, int threads) {
    this.host = host;
    this.result = result;
    this.threads = threads;
    this.executor = Awaited.threads(threads);
  }

  /** Returns some threads, or null if one does it as fast. */
  static @Nullable FileMakers of(HostTree host, long files, Result result) {
    int threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
    return threads < 2 || files < FEWEST_FILES ? null : new FileMakers(host, result, threads);
  }

  /** Has a file made. */
  void make(Path child, String path, FileNode node) throws IOException {
    jobs.add(new Job(child, path, node));
    if (jobs.size() == FILES_AT_ONCE) {
      submit();
    }
  }

  /** Does something after all files that were given before. */
  void after(Later later) throws IOException {
    submit();
    pending.add(new Pending(List.of(), null, later));
    settle(threads * 4);
  }

  private void submit() throws IOException {
    if (!jobs.isEmpty()) {
      List<Job> some = jobs;
      jobs = new ArrayList<>();
      pending.add(new Pending(some, executor.submit(() -> make(some)), null));
      settle(threads * 4);
    }
  }

  private List<FileMaker.Outcome> make(List<Job> some) throws IOException {
    List<FileMaker.Outcome> outcomes = new ArrayList<>();
    FileMaker unused = makers.poll();
    FileMaker maker = unused == null ? new FileMaker(host, _ -> {}, false) : unused;
    for (Job job : some) {
      if (stopped) {
        break;
      }
      outcomes.add(maker.make(job.child(), job.node()));
    }
    makers.add(maker);
    return outcomes;
  }

  /** Waits until no more is under way than is said. */
  private void settle(int most) throws IOException {
    while (pending.size() > most) {
      Pending next = pending.remove();
      if (next.later() != null) {
        next.later().run();
      } else if (next.outcomes() != null) {
        List<FileMaker.Outcome> outcomes = Awaited.result(next.outcomes());
        for (int i = 0; i < outcomes.size(); i++) {
          result.of(next.jobs().get(i).path(), outcomes.get(i));
        }
      }
    }
  }

  /** Waits until all is done. */
  void finish() throws IOException {
    submit();
    settle(0);
  }

  /** Makes no more files; none is under way once this returns. */
  @Override
  public void close() {
    stopped = true;
    Awaited.end(executor);
  }
}
