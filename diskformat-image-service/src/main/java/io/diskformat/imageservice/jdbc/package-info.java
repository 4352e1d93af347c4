/**
 * A catalogue in a database, which several services may share: PostgreSQL, MariaDB or SQLite. The
 * driver is the caller's.
 */
@NullMarked
package io.diskformat.imageservice.jdbc;

import org.jspecify.annotations.NullMarked;
