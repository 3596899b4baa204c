/** What bad input gets: a whole server, exact bytes on raw sockets. */
@org.jspecify.annotations.NullMarked
package io.sluice.app.hostile;
