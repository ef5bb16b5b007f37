@requires:server-name
Feature: The alias that a search names
  A search names remote indices as alias:index. An alias that does not exist is an error; a wildcard that fits no alias is
  not.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other

  Scenario: The alias is unknown, and there is no remote cluster
    Then searching "nobody:logs" fails as "unknown-alias"

  Scenario: The alias is unknown beside one that is known
    When the local cluster adds "partner" in proxy mode on port 9300
    Then searching "nobody:logs" fails as "unknown-alias"
    And searching "nobody:logs,partner:logs" fails as "unknown-alias"

  Scenario: Every remote cluster, and there is none
    Then searching "*:logs" finds 0 documents
    And searching "*:logs" fails as "alias-pattern-matches-nothing"

  Scenario: A wildcard that fits no alias
    When the local cluster adds "partner" in proxy mode on port 9300
    Then searching "other*:logs" finds 0 documents
    And searching "other*:logs" fails as "alias-pattern-matches-nothing"

  Scenario: An alias is excluded, and none included
    Given the local cluster adds "partner" in proxy mode on port 9300
    When the local cluster searches "-partner:*"
    Then it is refused as "alias-excluded-and-not-included"
