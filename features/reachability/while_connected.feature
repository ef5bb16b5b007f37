@model:certificate
Feature: Connections that end or stall after they were made
  What happens between the load balancer and an open connection, and how long it takes until a search works again.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected

  Scenario Outline: The load balancer <does> idle connections
    When the load balancer "<does>" every connection on port 9300
    Then the local cluster connects again on port 9300 by itself
    And searching "partner:logs" finds 3 documents again
    And "partner" is shown as connected

    Examples:
      | does   |
      | closes |
      | resets |

  Scenario: The load balancer forgets the connections
    When the load balancer "leaves half open" every connection on port 9300
    Then "partner" is shown as connected
    And "partner" fails as "connection-lost-silently"
    When the load balancer "resets" every connection on port 9300
    Then searching "partner:logs" finds 3 documents again

  Scenario: The load balancer swallows everything
    When the load balancer swallows everything on port 9300
    Then "partner" is shown as connected
    And "partner" fails as "connection-lost-silently"
    When the load balancer heals
    Then searching "partner:logs" finds 3 documents again

  Scenario: The load balancer closes what has been idle for a second
    When the load balancer closes connections on port 9300 that are idle for 1 s
    Then the local cluster connects again on port 9300 by itself
    And searching "partner:logs" finds 3 documents

  Scenario: The remote cluster restarts
    When the remote cluster restarts
    Then "partner" is shown as disconnected
    And searching "partner:logs" finds 3 documents again
    And "partner" is shown as connected
    And every connection went through the load balancer

  Scenario Outline: A link that is slow and works: <what>
    Given the load balancer <fault>
    When the local cluster adds "second" in proxy mode on port 9300
    Then "second" is connected
    And searching "second:logs" finds 3 documents

    Examples:
      | what      | fault                                    |
      | latency   | delays everything on port 9300 by 200 ms |
      | bandwidth | passes 40 KB/s on port 9300              |
      | slices    | slices data on port 9300 into 200 bytes  |

  Scenario: A link so slow that it takes more than 10 s to connect
    Given the load balancer delays everything on port 9300 by 4000 ms
    When the local cluster adds "second" in proxy mode on port 9300
    Then "second" is connected
    And "second" fails as "slow-remote"
