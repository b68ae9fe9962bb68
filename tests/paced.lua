-- For wrk: a pause after each answer, so that 32 connections send some 600 requests a second and leave the machine time.
function delay()
    return 50
end
