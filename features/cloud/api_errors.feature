@cloud @guide:ech-other-organization-previous @step:rest-put @needs:security @requires:server-name
Feature: Requests that the API of Elastic Cloud refuses
  An error has the API's own form. Nothing of another organization is shown, and nothing changes.

  Background:
    Given two organizations of Elastic Cloud with a deployment each

  Scenario Outline: <status> to <request> with the key of the <whose> organization
    Then with the key of the <whose> organization, "<request>" is answered <status> "<code>"

    Examples:
      | whose  | request                                                                          | status | code                                      |
      | no     | GET /deployments                                                                 | 401    | root.unauthenticated                      |
      | no     | GET /no/such/route                                                               | 401    | root.unauthenticated                      |
      | remote | GET /deployments/<local deployment ID>                                           | 403    | root.unauthorized                         |
      | remote | GET /deployments/<local deployment ID>/elasticsearch/_main/remote-clusters       | 403    | root.unauthorized                         |
      | remote | PUT /deployments/<local deployment ID>/elasticsearch/_main/remote-clusters       | 403    | root.unauthorized                         |
      | remote | POST /deployments/<local deployment ID>/elasticsearch/_main/_restart             | 403    | root.unauthorized                         |
      | remote | GET /organizations/<local organization ID>                                       | 403    | root.unauthorized                         |
      | local  | GET /deployments/00000000000000000000000000000000                                | 404    | deployments.deployment_not_found          |
      | local  | GET /deployments/<local deployment ID>/elasticsearch/nobody/remote-clusters      | 404    | deployments.deployment_resource_not_found |
      | local  | GET /no/such/route                                                               | 404    | root.resource_not_found                   |
      | local  | PATCH /deployments/<local deployment ID>                                         | 404    | root.resource_not_found                   |

  Scenario Outline: <what> is answered <status>
    Then with the key of the local organization, "PUT /deployments/<local deployment ID>/elasticsearch/_main/remote-clusters" is answered <status> "<code>" to the body
      """
      <body>
      """
    And the API lists the remote clusters of the local deployment as
      | - |

    Examples:
      | what                     | body                                             | status | code                      |
      | Half a payload           | {"resources": [                                  | 400    | root.invalid_json_request |
      | An unknown field         | {"resources": [], "resource": []}                | 400    | root.invalid_json_request |
      | A missing field          | {"resources": [{"alias": "partner"}]}            | 400    | root.invalid_json_request |
      | Something after it       | {"resources": []} {}                             | 400    | root.invalid_json_request |
      | A body that is too large | {"resources": ["<2 MB>"]}                        | 413    | root.request_too_large    |
